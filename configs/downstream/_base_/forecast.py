# Motion prediction: from 50 frames the next 25, as the sensor saw them. Of the method's pipeline everything stays but
# what resamples frames or invents some; the cut comes before it, so what is cut off does not touch the rest.
drop = dict(type='DropEmptyFrames')
cut = dict(type='CropForecastFrames', history=50, horizon=25)
replaced = ('PadEmptyFrames', 'CropResizeFrames')
# of the history, for encoders of a fixed length: what makes whole patches of 4 frames
last_frames = 48
# metres to millimetres
metric = dict(type='MPJPE', horizons=[2, 4, 8, 10, 14, 25], scale=1000.0)
